"""Keras 2.15 training NeatMS's network: samples a second.

    "$(scripts/venv.sh keras2)" scripts/python/bench-keras.py --batch-size 32 --threads 1

Two ways: `fit`, as NeatMS calls it, and a training step compiled by tf.function over batches that
are tensors already. (The step compiled by XLA was slower than both where it was tried.)
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import bench_common

options = bench_common.arguments(threads=1, way="")

import numpy as np
import tensorflow as tf
from tensorflow import keras

import keras_network

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(options.threads)

x, y = bench_common.peaks()
x, y = x[..., None], np.eye(bench_common.CLASSES, dtype=np.float32)[y]


def compiled():
    model = keras_network.build(keras_network.neatms())
    model.compile(
        keras.optimizers.Adam(learning_rate=1e-4), "categorical_crossentropy", ["accuracy", "mae"]
    )
    return model


def by_fit():
    model = compiled()
    return lambda: model.fit(x, y, batch_size=options.batch_size, epochs=1, verbose=0)


def by_function(jit=False):
    model = compiled()
    optimizer = model.optimizer
    features, targets = tf.constant(x), tf.constant(y)
    steps = range(0, len(x), options.batch_size)

    @tf.function(jit_compile=jit)
    def step(features, targets):
        with tf.GradientTape() as tape:
            probabilities = model(features, training=True)
            entropy = keras.losses.categorical_crossentropy(targets, probabilities)
            loss = tf.reduce_mean(entropy) + tf.add_n(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    def epoch():
        order = tf.random.shuffle(tf.range(len(x)))
        for first in steps:
            rows = order[first : first + options.batch_size]
            step(tf.gather(features, rows), tf.gather(targets, rows))

    optimizer.build(model.trainable_variables)
    return epoch


WAYS = {
    "fit": by_fit,
    "tf.function": by_function,
    "tf.function, XLA": lambda: by_function(jit=True),
}
chosen = [options.way] if options.way else ["fit", "tf.function"]
bench_common.report({way: bench_common.rate(WAYS[way](), options.seconds) for way in chosen})
