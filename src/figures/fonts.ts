import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The weights of Inter that a figure may use; a heading is 600. */
export type Weight = 400 | 500 | 600;

const FILES: Readonly<Record<Weight, string>> = {
  400: "400Regular/Inter_400Regular.ttf",
  500: "500Medium/Inter_500Medium.ttf",
  600: "600SemiBold/Inter_600SemiBold.ttf",
};

/** Where the font that ships with the package lies; system fonts are never used, as they differ between machines. */
export function fontFile(weight: Weight): string {
  return require.resolve(`@expo-google-fonts/inter/${FILES[weight]}`);
}

export function fontFiles(): string[] {
  return [fontFile(400), fontFile(500), fontFile(600)];
}
