"""The network of an architecture description in Keras 2, and the descriptions the fixtures use.

A description is what the fixture files keep under "architecture": {"matrix_size": points,
"layers": [{"name", "class_name", and Keras's parameters}, …]}, without the input layer. Left out:
"padding" ("same" for Conv2D, "valid" for MaxPooling2D), "pool_height" (1), "use_bias" (true), "l2"
(0) and "trainable" (true).
"""

from tensorflow import keras


def conv(name, filters, size):
    return {
        "name": name,
        "class_name": "Conv2D",
        "filters": filters,
        "kernel_height": size,
        "kernel_width": size,
        "activation": "relu",
    }


def pool(name, width):
    return {"name": name, "class_name": "MaxPooling2D", "pool_width": width}


def dense(name, units, activation, l2=0.0):
    return {
        "name": name,
        "class_name": "Dense",
        "units": units,
        "activation": activation,
        "l2": l2,
    }


def dropout(name, rate):
    return {"name": name, "class_name": "Dropout", "rate": rate}


def neatms(matrix_size=120, classes=3, filters=(32, 64), sizes=(5, 3), units=128, rate=0.5):
    """NeatMS 0.9's network (`NN_handler.create_model`), with the names of its documentation."""
    return {
        "matrix_size": matrix_size,
        "layers": [
            conv("conv2d_1", filters[0], sizes[0]),
            pool("max_pooling2d_1", 2),
            conv("conv2d_2", filters[1], sizes[1]),
            {"name": "flatten_1", "class_name": "Flatten"},
            dense("dense_1", units, "relu", 0.001),
            dropout("dropout_1", rate),
            dense("dense_prediction", classes, "softmax"),
        ],
    }


class GivenMask(keras.layers.Layer):
    """Dropout with the mask of `mask` (batch, units), already scaled, in place of a drawn one."""

    def __init__(self, mask, **arguments):
        super().__init__(**arguments)
        self.mask = mask

    def call(self, inputs):
        return inputs * keras.backend.cast(self.mask, inputs.dtype)


def penalty(layer):
    return keras.regularizers.l2(layer["l2"]) if layer.get("l2") else None


def make_layer(layer, masks):
    kind, name = layer["class_name"], layer["name"]
    if kind == "Conv2D":
        return keras.layers.Conv2D(
            layer["filters"],
            (layer["kernel_height"], layer["kernel_width"]),
            padding=layer.get("padding", "same"),
            activation=layer["activation"],
            use_bias=layer.get("use_bias", True),
            kernel_regularizer=penalty(layer),
            name=name,
        )
    if kind == "MaxPooling2D":
        return keras.layers.MaxPooling2D(
            (layer.get("pool_height", 1), layer["pool_width"]),
            padding=layer.get("padding", "valid"),
            name=name,
        )
    if kind == "Flatten":
        return keras.layers.Flatten(name=name)
    if kind == "Dense":
        return keras.layers.Dense(
            layer["units"],
            activation=layer["activation"],
            use_bias=layer.get("use_bias", True),
            kernel_regularizer=penalty(layer),
            name=name,
        )
    if kind == "Activation":
        return keras.layers.Activation(layer["activation"], name=name)
    if name in masks:
        return GivenMask(masks[name], name=name)
    return keras.layers.Dropout(layer["rate"], name=name)


def build(architecture, masks={}):
    """The Keras model; dropout layers named in `masks` apply that mask, whatever the mode."""
    x = inputs = keras.Input((2, architecture["matrix_size"], 1), name="input_1")
    for layer in architecture["layers"]:
        made = make_layer(layer, masks)
        made.trainable = layer.get("trainable", True)
        x = made(x)
    return keras.Model(inputs, x, name="model_1")
