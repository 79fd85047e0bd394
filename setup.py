from pathlib import Path
from setuptools import setup
from Cython.Build import cythonize
M=[str(p.with_suffix('.py')) for p in Path('actors').rglob('*.pxd')]+["actors/computation/runner.py","actors/runtime/spawning.py","actors/runtime/arguments.py"]
setup(ext_modules=cythonize(M, nthreads=2, compiler_directives={"language_level":3,"annotation_typing":False,"binding":True,"nonecheck":True}, annotate=True))
