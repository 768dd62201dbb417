"""Private parts of Keras that this library depends on, each behind its own function or class.

Keras 3.15 offers no public way to do these things, and any later 3.x may change them. Nothing else
in the library touches a private name of Keras; ``tests/models/test_keras_internals.py`` holds one
test per use.
"""

import keras


def flat_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of all models inside it, the models themselves among them.

    Args:
        model: any built model.

    Example:
        >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="dense")])
        >>> outer = keras.Sequential([keras.Input((2,)), inner])
        >>> "dense" in [layer.name for layer in flat_layers(outer)]
        True
    """
    return list(model._flatten_layers())


def calls_in(model: keras.Model, layer: keras.layers.Layer) -> int:
    """Return how often a model's graph calls one of its layers; 1 if it has no graph.

    Example:
        >>> inputs, dense = keras.Input((2,)), keras.layers.Dense(2)
        >>> calls_in(keras.Model(inputs, dense(dense(inputs))), dense)
        2
    """
    nodes_by_depth = getattr(model, "_nodes_by_depth", None)
    if nodes_by_depth is None:
        return 1
    count = 0
    for nodes in nodes_by_depth.values():
        count += sum(node.operation is layer for node in nodes)
    return count


def following_operations(layer: keras.layers.Layer) -> list[keras.Operation]:
    """Return the operations of all graphs that take the layer's output, each once."""
    operations = {id(node.operation): node.operation for node in layer._outbound_nodes}
    return list(operations.values())


def preceding_operations(layer: keras.layers.Layer) -> list[keras.Operation]:
    """Return the operations of all graphs whose outputs the layer takes, each once."""
    operations = {}
    for node in layer._inbound_nodes:
        for parent in node.parent_nodes:
            operations[id(parent.operation)] = parent.operation
    return list(operations.values())


def output_operation(model: keras.Model) -> keras.Operation:
    """Return the layer or bare operation that computes the first output of a model.

    Args:
        model: any built model. If its last layer is a model, that one's operation is returned.
    """
    operation = model.outputs[0]._keras_history.operation
    if isinstance(operation, keras.Model):
        return output_operation(operation)
    return operation


def inlined(model: keras.Model) -> keras.Model:
    """Return a copy of a model in which the layers of every model inside it are its own.

    Args:
        model: a built graph or Sequential of layers that Keras can copy by their configuration.

    Returns:
        An uncompiled model with the same outputs and weights. Layers keep their names; of two with
        the same name the later one gets a number.

    Example:
        >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="dense")])
        >>> outer = keras.Sequential([keras.Input((2,)), inner])
        >>> [layer.name for layer in inlined(outer).layers[1:]]
        ['dense']
    """
    copies: dict[int, keras.Operation] = {}
    names: set[str] = set()

    def copy_of(operation: keras.Operation) -> keras.Operation:
        if id(operation) not in copies:
            config = operation.get_config()
            name = operation.name
            while name in names:
                name = f"{operation.name}_{len(names)}"
            names.add(name)
            copies[id(operation)] = type(operation).from_config({**config, "name": name})
        return copies[id(operation)]

    def call(operation: keras.Operation, *args, **kwargs):
        graph = _graph_of(operation)
        return copy_of(operation)(*args, **kwargs) if graph is None else run(graph, args[0])

    def run(graph: keras.Model, inputs):
        return graph._run_through_graph(inputs, call_fn=call)

    inputs = keras.Input(batch_shape=model.inputs[0].shape, dtype=model.inputs[0].dtype)
    copy = keras.Model(inputs, run(_graph_of(model), inputs), name=model.name)
    for layer in flat_layers(model):
        if id(layer) in copies and layer.weights:
            copies[id(layer)].set_weights(layer.get_weights())
    return copy


def _graph_of(operation: keras.Operation) -> keras.Model | None:
    """Return the graph of a model; None for a layer, or a model without one."""
    if isinstance(operation, keras.Sequential):
        return operation._functional
    return operation if hasattr(operation, "_nodes_by_depth") else None


def is_operation_module(module: object) -> bool:
    """Return whether a saved description's module is that of operations such as ``keras.ops.flip``.

    Args:
        module: the entry "module" of a description, as Keras 3 writes it into model files.
    """
    return str(module).startswith("keras.src.ops.")


def random_states(model: keras.Model) -> list[keras.Variable]:
    """Return the states of all random-number generators in a model, which weight files leave out.

    They are the variables of :class:`keras.random.SeedGenerator`, recognised by their name.
    """
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def set_average_in_model(callback: keras.callbacks.SwapEMAWeights, is_in_model: bool) -> None:
    """Tell the callback whether the model holds the averaged weights at present.

    Args:
        callback: the one that swaps weights and averages.
        is_in_model: True after a checkpoint with swapped weights was loaded.
    """
    callback._ema_weights_in_model = is_in_model


def uses_average(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return whether an optimizer averages the weights (``use_ema=True``).

    With mixed_float16 Keras wraps the optimizer, and the wrapper does not pass this setting on.
    """
    return getattr(optimizer, "inner_optimizer", optimizer).use_ema


class SelectiveMuon(keras.optimizers.Muon):
    """``keras.optimizers.Muon`` whose subclass decides which variables AdamW trains instead."""

    def uses_adamw(self, variable: keras.Variable) -> bool:
        """Return whether AdamW trains this variable."""
        raise NotImplementedError

    def orthogonalized(self, matrix, steps: int):
        """Return the nearest matrix with singular values of about 1, by Newton-Schulz iteration.

        Args:
            matrix: tensor ``(rows, columns)``.
            steps: of the iteration.
        """
        return super().zeropower_via_newtonschulz5(matrix, steps)

    def update_direction(self, gradient, steps: int):
        """Return the update that a variable not trained by AdamW receives.

        Args:
            gradient: the momentum of the variable's gradient, a tensor of its shape.
            steps: of the iteration.
        """
        return self.orthogonalized(gradient, steps)

    def _should_use_adamw(self, variable):
        return self.uses_adamw(variable)

    def zeropower_via_newtonschulz5(self, x, steps: int):
        """Return the update of a variable, under the name by which Keras asks for it."""
        return self.update_direction(x, steps)
