/** A compiled module, by its path below `dist/`; ends the process if it isn't there, saying what to do. */
export async function loadDist(path) {
  try {
    return await import(new URL(`../dist/${path}`, import.meta.url).href);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(`${error.message}\nThe package has to be compiled first. Run "npm run build".`);
    process.exit(3);
  }
}
