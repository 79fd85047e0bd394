#!/usr/bin/env escript
%% Erlang/OTP: processes and gen_server. One argument a work: NAME N. Prints NAME and the microseconds of once.
-mode(compile).
-export([init/1, handle_call/3, handle_cast/2, wizard/1, storm/2, idle/0]).

main([Name, Count]) ->
    N = list_to_integer(Count),
    Work = list_to_atom(Name),
    logger:set_primary_config(level, none),        % logging is filtered
    do(Work, max(N div 10, 1)),                    % warm up
    Start = erlang:monotonic_time(nanosecond),
    Done = do(Work, N),
    Spent = erlang:monotonic_time(nanosecond) - Start,
    io:format("~s ~.4f~n", [Name, spent(Work, Done, Spent) / N / 1000]).

spent(start_children, {Started, _}, _) -> Started;
spent(stop_children, {_, Stopped}, _) -> Stopped;
spent(_, _, Spent) -> Spent.

do(spawn, N) -> spawning(N);
do(send, N) ->
    Me = self(),
    Ref = spawn_link(fun() -> consume(N), Me ! done end),
    produce(Ref, N),
    receive done -> ok end;
do(ring, N) ->
    Me = self(),
    First = spawn(fun() -> receive Next -> node_loop(Next, Me) end end),
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> node_loop(Next, Me) end) end, First, lists:seq(2, 1000)),
    First ! Last,
    First ! N,
    receive done -> First ! stop end;
do(call, N) ->
    {ok, Server} = gen_server:start_link(?MODULE, [], []),
    calling(Server, N),
    gen_server:stop(Server);
do(wizard, 0) -> ok;
do(wizard, N) ->
    Me = self(),
    Run = spawn_link(?MODULE, wizard, [Me]),
    lists:foreach(fun(A) -> receive {Run, suspend, _} -> Run ! {resume, A} end end, [ada, mail, pro]),
    receive {Run, completed, {ada, mail, pro}} -> do(wizard, N - 1) end;

do(restart_storm, N) ->
    Flags = #{strategy => one_for_one, intensity => 1000000000, period => 3600},
    {ok, Root} = supervisor:start_link(?MODULE, {Flags, []}),
    Me = self(),
    Left = counters:new(1, []),
    counters:put(Left, 1, N),
    {ok, _} = supervisor:start_child(Root, #{id => child, start => {?MODULE, storm, [Me, Left]}}),
    receive over -> ok end,
    ended(Root);
do(start_children, N) -> start_and_stop(N);
do(stop_children, N) -> start_and_stop(N).

%% Starts so many children, and stops them. Returns the nanoseconds of each.
start_and_stop(N) ->
    Specs = [#{id => Id, start => {?MODULE, idle, []}} || Id <- lists:seq(1, N)],
    Begun = erlang:monotonic_time(nanosecond),
    {ok, Root} = supervisor:start_link(?MODULE, {#{strategy => one_for_one}, Specs}),
    Between = erlang:monotonic_time(nanosecond),
    N = proplists:get_value(active, supervisor:count_children(Root)),
    Leaving = erlang:monotonic_time(nanosecond),
    ended(Root),
    {Between - Begun, erlang:monotonic_time(nanosecond) - Leaving}.

ended(Root) ->
    unlink(Root),
    Watch = monitor(process, Root),
    exit(Root, shutdown),
    receive {'DOWN', Watch, process, Root, _} -> ok end.

%% A child that crashes as often as is left, and then says so.
storm(Owner, Left) ->
    {ok, spawn_link(fun() ->
        case counters:get(Left, 1) of
            0 -> Owner ! over, receive stop -> ok end;
            _ -> counters:sub(Left, 1, 1), exit(crash)
        end
    end)}.

idle() -> {ok, spawn_link(fun() -> receive stop -> ok end end)}.

spawning(0) -> ok;
spawning(N) ->
    {Pid, Monitor} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Monitor, process, Pid, normal} -> spawning(N - 1) end.

consume(0) -> ok;
consume(N) -> receive _ -> consume(N - 1) end.

produce(_, 0) -> ok;
produce(Ref, N) -> Ref ! N, produce(Ref, N - 1).

node_loop(Next, Owner) ->
    receive
        stop -> Next ! stop;
        0 -> Owner ! done, node_loop(Next, Owner);
        Hops -> Next ! Hops - 1, node_loop(Next, Owner)
    end.

calling(_, 0) -> ok;
calling(Server, N) ->
    Expected = N + 1,
    Expected = gen_server:call(Server, N),
    calling(Server, N - 1).

init({_, _} = Supervisor) -> {ok, Supervisor};
init([]) -> {ok, none}.
handle_call(Number, _, State) -> {reply, Number + 1, State}.
handle_cast(_, State) -> {noreply, State}.

wizard(Owner) ->
    Answers = {ask(Owner, name), ask(Owner, email), ask(Owner, plan)},
    Owner ! {self(), completed, Answers}.

ask(Owner, Question) ->
    Owner ! {self(), suspend, Question},
    receive {resume, Answer} -> Answer end.
