/** Folder beside a dataset's tables for what was computed from them; it may be deleted at any time. */
export const CACHE_FOLDER = ".cache";
