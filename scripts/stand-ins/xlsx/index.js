// danfojs-node loads `xlsx` only to read and write Excel files. evenkeel never does.
const refuse = () => {
  throw new Error("evenkeel ships danfojs-node without Excel: export tables as CSV instead");
};
module.exports = { read: refuse, readFile: refuse, write: refuse, writeFile: refuse, utils: {} };
