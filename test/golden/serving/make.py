"""Small models that the serving tests load. Made with onnx 1.23.2: python make.py

columns.onnx      one input [N, 1] per raw column, text among them; probability = sigmoid(b[carrier] + 0.5 * (distance or 2))
shifted.onnx      the same with 1 added to the logit, and a further input `temp` that counts with 0.25 (missing: 0)
logarithm.onnx    prediction = ln(x): NaN for a negative x
mirrored.onnx     prediction = ln(-x): NaN for a positive x
spin.onnx         prediction = turns, after so many turns of a loop that multiplies 128 x 128 matrices
opset27.onnx      columns.onnx under an operator set that ONNX Runtime 1.30 does not know
image.onnx        one input [N, 3, 8, 8]
two.onnx          two outputs, neither named probability or prediction
"""
import numpy as np
from onnx import TensorProto as T, helper as h, numpy_helper as nh, save

def model(name, nodes, inputs, outputs, constants=(), opset=21):
    graph = h.make_graph(nodes, name, inputs, outputs, list(constants))
    m = h.make_model(graph, ir_version=10, producer_name="falconer-tests",
                     opset_imports=[h.make_opsetid("", opset), h.make_opsetid("ai.onnx.ml", 3)])
    save(m, name + ".onnx")

def column(name, kind=T.FLOAT): return h.make_tensor_value_info(name, kind, ["N", 1])
def const(name, value, dtype=np.float32): return nh.from_array(np.array(value, dtype), name)

def base():
    return [
        h.make_node("LabelEncoder", ["carrier"], ["effect"], domain="ai.onnx.ml",
                    keys_strings=["AA", "UA", ""], values_floats=[-1.0, 0.5, 0.25], default_float=0.0),
        h.make_node("IsNaN", ["distance"], ["gone"]),
        h.make_node("Where", ["gone", "two", "distance"], ["filled"]),
        h.make_node("Mul", ["filled", "half"], ["part"]),
        h.make_node("Add", ["effect", "part"], ["logit"]),
    ]
constants = [const("two", [[2.0]]), const("half", [[0.5]])]
for name, opset in (("columns", 21), ("opset27", 27)):
    model(name, base() + [h.make_node("Sigmoid", ["logit"], ["probability"])],
          [column("carrier", T.STRING), column("distance")], [column("probability")], constants, opset)
model("shifted", base() + [
        h.make_node("IsNaN", ["temp"], ["cold"]), h.make_node("Where", ["cold", "zero", "temp"], ["warm"]),
        h.make_node("Mul", ["warm", "quarter"], ["heat"]), h.make_node("Add", ["logit", "heat"], ["more"]),
        h.make_node("Add", ["more", "one"], ["most"]), h.make_node("Sigmoid", ["most"], ["probability"])],
      [column("carrier", T.STRING), column("distance"), column("temp")], [column("probability")],
      constants + [const("zero", [[0.0]]), const("quarter", [[0.25]]), const("one", [[1.0]])])
model("logarithm", [h.make_node("Log", ["x"], ["prediction"])], [column("x")], [column("prediction")])
model("mirrored", [h.make_node("Neg", ["x"], ["minus"]), h.make_node("Log", ["minus"], ["prediction"])],
      [column("x")], [column("prediction")])
image = h.make_tensor_value_info("pixels", T.FLOAT, ["N", 3, 8, 8])
model("image", [h.make_node("ReduceMean", ["pixels", "axes"], ["prediction"], keepdims=0)], [image],
      [h.make_tensor_value_info("prediction", T.FLOAT, ["N"])], [const("axes", [1, 2, 3], np.int64)])
model("two", [h.make_node("Log", ["x"], ["first"]), h.make_node("Exp", ["x"], ["second"])], [column("x")],
      [column("first"), column("second")])

body = h.make_graph(
    [h.make_node("MatMul", ["m", "turn"], ["m_next"]), h.make_node("Identity", ["going"], ["still"])],
    "body",
    [h.make_tensor_value_info("i", T.INT64, []), h.make_tensor_value_info("going", T.BOOL, []),
     h.make_tensor_value_info("m", T.FLOAT, [128, 128])],
    [h.make_tensor_value_info("still", T.BOOL, []), h.make_tensor_value_info("m_next", T.FLOAT, [128, 128])])
eye = np.eye(128, dtype=np.float32)
model("spin", [
        h.make_node("ReduceMax", ["turns"], ["most"], keepdims=0),
        h.make_node("Cast", ["most"], ["count"], to=T.INT64),
        h.make_node("Loop", ["count", "yes", "eye"], ["end"], body=body),
        h.make_node("ReduceMax", ["end"], ["one"], keepdims=0),
        h.make_node("Mul", ["turns", "one"], ["prediction"])],
      [column("turns")], [column("prediction")],
      [const("yes", True, np.bool_), const("eye", eye), const("turn", eye)])
