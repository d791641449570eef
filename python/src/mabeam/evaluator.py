"""The program ``python -m mabeam.evaluator``: a worker process that evaluates trials and does nothing else.

It is no module to import: ``from mabeam import evaluator`` is the decorator.
"""

# A process of a pool loads this file as ``__mp_main__``, and needs nothing of it.
if __name__ == "__main__":
    import sys

    from mabeam._main import main

    sys.exit(main(sys.argv[1:]))
elif __name__ == "mabeam.evaluator":
    raise ImportError("mabeam.evaluator is a program; the decorator is: from mabeam import evaluator")
