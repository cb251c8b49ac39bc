// danfojs-node asks for the native TensorFlow binding (a download outside npm). The core with the plain JavaScript
// backend does the same arithmetic. danfo calls operations as methods of a tensor, which the core leaves to the
// union package: chain them here.
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");

const chained = [
  "abs",
  "add",
  "argMax",
  "argMin",
  "cast",
  "ceil",
  "clipByValue",
  "concat",
  "div",
  "equal",
  "exp",
  "expandDims",
  "floor",
  "gather",
  "greater",
  "less",
  "log",
  "matMul",
  "max",
  "mean",
  "min",
  "mul",
  "neg",
  "pow",
  "reshape",
  "round",
  "slice",
  "sqrt",
  "square",
  "squeeze",
  "sub",
  "sum",
  "transpose",
];
for (const name of chained) {
  tf.Tensor.prototype[name] ??= function (...rest) {
    return tf[name](this, ...rest);
  };
}
module.exports = tf;
