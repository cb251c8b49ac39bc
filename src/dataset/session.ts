import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export interface SessionOptions {
  /** Threads that DuckDB may use; as many as there are cores unless told. Results do not depend on it. */
  readonly threads?: number;
  /** Memory before it spills, for instance "600MB". */
  readonly memoryLimit?: string;
  /** Where it spills to. */
  readonly spillFolder?: string;
}

/** Runs `work` on an in-memory DuckDB in UTC, and closes it whatever happens. */
export async function withSession<T>(
  options: SessionOptions,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(":memory:", {
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
    ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    ...(options.spillFolder === undefined ? {} : { temp_directory: options.spillFolder }),
  });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** An SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A file as DuckDB's readers take it: what would be a pattern in its name is itself. */
export const fileLiteral = (file: string): string => literal(file.replace(/[[*?]/g, "[$&]"));

/** An SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
