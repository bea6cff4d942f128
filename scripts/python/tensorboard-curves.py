"""What TensorBoard reads from event files, for tests.

    tensorboard-curves.py read FOLDER     the curves of each folder in it
    tensorboard-curves.py keras FOLDER    trains a small network with Keras's own callback first

Prints JSON: for each folder its curves, [[step, value], ...] by tag; and the files' events by kind, as
text, without times, steps and numbers, each once.
"""

import glob
import json
import os
import sys

import tensorflow as tf
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorflow.core.util import event_pb2


def curves(folder):
    # What TensorBoard itself reads with.
    events = plugin_event_accumulator.EventAccumulator(folder, size_guidance={"tensors": 0})
    events.Reload()
    return {
        tag: [[e.step, float(tf.make_ndarray(e.tensor_proto))] for e in events.Tensors(tag)]
        for tag in events.Tags()["tensors"]
    }


def shapes(folder):
    texts = set()
    for path in sorted(glob.glob(folder + "/*tfevents*")):
        # Checks the checksums.
        for record in tf.data.TFRecordDataset(path):
            event = event_pb2.Event.FromString(record.numpy())
            event.wall_time, event.step = 0, 0
            event.source_metadata.Clear()
            for value in event.summary.value:
                if len(value.tensor.tensor_content) == 4:
                    value.tensor.tensor_content = b""
            texts.add(str(event))
    return sorted(texts)


def train(folder):
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, "softmax", input_shape=(4,))])
    # Keras writes the rate where it follows a schedule.
    rate = tf.keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    model.compile(tf.keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy", "mae"])
    x, y = tf.random.uniform((32, 4)), tf.one_hot([0, 1, 2, 1] * 8, 3)
    callback = tf.keras.callbacks.TensorBoard(folder, write_graph=False)
    model.fit(x, y, epochs=2, validation_data=(x, y), verbose=0, callbacks=[callback])


command, root = sys.argv[1:]
if command == "keras":
    train(root)
folders = [f for f in sorted(os.listdir(root)) if glob.glob(f"{root}/{f}/*tfevents*")]
result = {
    f: {"curves": curves(f"{root}/{f}"), "events": shapes(f"{root}/{f}")} for f in folders
}
print(json.dumps(result))
