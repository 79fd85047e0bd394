from actors import handling
from actors.testing import answering
from examples.agent import Allow, Answer, Step, ToolCall, Verdict, assist, next_step


def test_the_agent_asks_before_each_tool_call() -> None:
    with answering("yes", "yes") as asked:
        assert assist() == "Cancel my order: order 17 is cancelled."
    assert asked == [Allow(ToolCall("find_order", "17")), Allow(ToolCall("cancel_order", "17"))]
    assert len(asked.notified) == 2


def test_a_tool_that_was_refused_is_not_used_and_the_model_hears_of_it() -> None:
    with answering(Verdict.YES, Verdict.NO):
        assert assist() == "Cancel my order: refused by the person."


def test_another_model_is_another_handler() -> None:
    def eager(task: str, seen: list[str]) -> Step:
        return Answer(f"{task}: done.")

    with handling(next_step, eager), answering() as asked:
        assert assist("Nothing") == "Nothing: done."
    assert asked == []
