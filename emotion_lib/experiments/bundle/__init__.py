"""A bundle: one folder that a series of notebooks needs on a rented GPU machine without a network.

Such a machine has Python 3.12, JAX and the usual scientific packages, but no TensorFlow, Keras or
papermill. The bundle brings the checkout, the missing wheels, FER-2013 as one file, FER+'s votes
and ``run.sh``, which runs the series within a time budget and leaves a few small files to copy
back::

    emotion gpu-bundle write --out gpu-bundle            # here (make gpu-bundle)
    bash gpu-bundle/run.sh --minutes 11 --out results    # there
    emotion gpu-bundle unpack results runs               # here again
    emotion runs import runs
"""
