/** The longest name of a Kubernetes object that has to be a label, too. */
const MOST = 63;

/** A name that Kubernetes allows, of any text: lower-case letters, digits and dashes. Empty if there is none of these. */
export const kubernetesName = (text: string, most = MOST): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, most)
    .replace(/-+$/, "");
