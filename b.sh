CFLAGS=-O2 taskset -c 1 ../venv-cy/bin/python setup.py build_ext --inplace -j2 2>&1 | grep -vE "^(copying|creating|gcc|building|x86|\[|Compiling|running|warning)" | head -${1:-40}
