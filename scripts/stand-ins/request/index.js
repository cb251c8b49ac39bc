// danfojs-node loads `request` only to read files over HTTP. evenkeel never does.
const refuse = () => {
  throw new Error("evenkeel ships danfojs-node without HTTP: read the data with open() and pass it to toDataFrame()");
};
module.exports = Object.assign(refuse, { get: refuse });
