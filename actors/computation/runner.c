#error Do not use this file, it is the result of a failed Cython compilation.
