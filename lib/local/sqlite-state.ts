import { randomUUID } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { ProductError } from "../errors.ts";
import { type StateItem, type StateStore, stateSeconds } from "../state.ts";
import type { Clock } from "../wms/clock.ts";

/** Milliseconds that a write waits for the write of another process. */
const patience = 5_000;
/** Records of a partition that are read in one query. */
const pageSize = 200;

const schema = `
  CREATE TABLE IF NOT EXISTS records (
    partition TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER,
    PRIMARY KEY (partition, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (
    partition TEXT NOT NULL, id TEXT NOT NULL, count INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (partition, id)
  ) STRICT, WITHOUT ROWID;`;

const notExpired = "(expires_at IS NULL OR expires_at > :now)";
const statements = {
  read: `SELECT * FROM records WHERE partition = :partition AND id = :id AND ${notExpired}`,
  create: `INSERT INTO records (partition, id, value, version, expires_at)
    VALUES (:partition, :id, :value, :version, :expires)
    ON CONFLICT (partition, id) DO UPDATE
    SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
    WHERE NOT ${notExpired.replaceAll("expires_at", "records.expires_at")}`,
  replace: `UPDATE records SET value = :value, version = :version, expires_at = :expires
    WHERE partition = :partition AND id = :id AND version = :expected AND ${notExpired}`,
  remove: `DELETE FROM records WHERE partition = :partition AND id = :id AND version = :expected AND ${notExpired}`,
  count: `INSERT INTO counters (partition, id, count, expires_at) VALUES (:partition, :id, :by, :expires)
    ON CONFLICT (partition, id) DO UPDATE SET
      count = CASE WHEN expires_at <= :now THEN :by ELSE count + :by END,
      expires_at = CASE WHEN expires_at <= :now THEN :expires ELSE expires_at END
    WHERE expires_at <= :now OR count + :by <= :limit
    RETURNING count`,
  counted: "SELECT count FROM counters WHERE partition = :partition AND id = :id AND expires_at > :now",
  list: `SELECT * FROM records WHERE partition = :partition AND id > :after AND ${notExpired} ORDER BY id LIMIT :limit`,
  listBefore: `SELECT * FROM records WHERE partition = :partition AND id > :after AND id < :before AND ${notExpired}
    ORDER BY id LIMIT :limit`,
  clearRecords: "DELETE FROM records WHERE expires_at <= :now",
  clearCounters: "DELETE FROM counters WHERE expires_at <= :now",
};

/**
 * The state in a SQLite file (WAL), safe over processes: each method is one statement, so SQLite's own lock is the only one.
 * The file is created on first use, and only its owner can read it. Opening it deletes expired records. `fix`: what to do if the file
 * cannot be used, a sentence.
 */
export const sqliteState = (
  path: string,
  clock: Pick<Clock, "now">,
  fix = "Check the path and the permissions of this user.",
): StateStore & { close(): void } => {
  const file = new StateFile(path, clock, fix);
  return {
    read: async <T>(key: Parameters<StateStore["read"]>[0]) => {
      const [row] = file.rows("read", { ...key });
      return row === undefined ? undefined : toItem<T>(row);
    },
    write: async (key, value, expect, expiresAt) => {
      const text = JSON.stringify(value);
      const version = randomUUID();
      const row = { ...key, value: text, version, expires: expiresAt ?? null };
      const changes =
        "absent" in expect
          ? file.run("create", row)
          : file.run("replace", { ...row, expected: expect.version });
      return changes === 1 ? { id: key.id, value: JSON.parse(text), version, expiresAt } : undefined;
    },
    remove: async (key, { version }) => file.run("remove", { ...key, expected: version }) === 1,
    count: async (key, { by, limit = Number.MAX_SAFE_INTEGER, expiresAt }) => {
      if (by > limit) return undefined;
      const [row] = file.rows("count", { ...key, by, limit, expires: expiresAt });
      return row === undefined ? undefined : Number(row["count"]);
    },
    counted: async (key) => Number(file.rows("counted", { ...key })[0]?.["count"] ?? 0),
    list: async function* <T>(partition: string, after = "", before?: string) {
      for (let from = after; ; ) {
        const where = { partition, after: from, limit: pageSize };
        const rows =
          before === undefined ? file.rows("list", where) : file.rows("listBefore", { ...where, before });
        const page = rows.map(toItem<T>);
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < pageSize) return;
        from = last.id;
      }
    },
    close: () => file.close(),
  };
};

const toItem = <T>(row: Readonly<Record<string, SQLOutputValue>>): StateItem<T> => ({
  id: String(row["id"]),
  value: JSON.parse(String(row["value"])),
  version: String(row["version"]),
  expiresAt: row["expires_at"] === null ? undefined : Number(row["expires_at"]),
});

/** Creates one folder if it is missing. */
const makeFolder = (path: string): void => {
  if (!existsSync(path)) mkdirSync(path);
};

/**
 * Makes the file before SQLite does, so that only its owner can read it; its -wal and -shm get the same rights. An existing file is not
 * opened: closing it would end the locks that other connections of this process hold (https://www.sqlite.org/howtocorrupt.html).
 */
const makeFile = (path: string): void => {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
};

const sqliteBusy = 5;

/** Tries again while another process locks the file, as long as a write would wait. */
const whenUnlocked = (act: () => void): void => {
  const end = performance.now() + patience;
  for (;;) {
    try {
      act();
      return;
    } catch (error) {
      const busy = error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
      if (!busy || performance.now() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
};

/** A file of the state that cannot be used. `fix` is a sentence. */
export const unusable = (path: string, cause: unknown, fix: string): ProductError =>
  new ProductError("STATE_UNAVAILABLE", {
    field: path,
    detail: `the state in ${path} cannot be read or written: ${cause instanceof Error ? cause.message : "no reason given"}. ${fix}`,
    cause,
  });

class StateFile {
  readonly #path: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #fix: string;
  readonly #prepared = new Map<keyof typeof statements, StatementSync>();
  #database: DatabaseSync | undefined;

  constructor(path: string, clock: Pick<Clock, "now">, fix: string) {
    this.#path = path;
    this.#clock = clock;
    this.#fix = fix;
  }

  rows(
    name: keyof typeof statements,
    given: Record<string, SQLInputValue>,
  ): Record<string, SQLOutputValue>[] {
    return this.#guarded(() => this.#statement(name).all(this.#known(given)));
  }

  /** Rows that it changed. */
  run(name: keyof typeof statements, given: Record<string, SQLInputValue>): number {
    return this.#guarded(() => Number(this.#statement(name).run(this.#known(given)).changes));
  }

  close(): void {
    this.#prepared.clear();
    this.#database?.close();
    this.#database = undefined;
  }

  #known(given: Record<string, SQLInputValue>): Record<string, SQLInputValue> {
    return { ...given, now: stateSeconds(this.#clock.now()) };
  }

  #statement(name: keyof typeof statements): StatementSync {
    this.#database ??= this.#open();
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = this.#database.prepare(statements[name]);
      // not every statement uses the time
      statement.setAllowUnknownNamedParameters(true);
      this.#prepared.set(name, statement);
    }
    return statement;
  }

  #open(): DatabaseSync {
    makeFolder(dirname(this.#path));
    makeFile(this.#path);
    const database = new DatabaseSync(this.#path, { timeout: patience });
    // SQLite's own time-out does not cover this statement: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
    whenUnlocked(() => database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
    database.exec(schema);
    const now = stateSeconds(this.#clock.now());
    for (const sql of [statements.clearRecords, statements.clearCounters]) database.prepare(sql).run({ now });
    return database;
  }

  /** Turns SQLite's errors into STATE_UNAVAILABLE. */
  #guarded<T>(act: () => T): T {
    try {
      return act();
    } catch (cause) {
      throw unusable(this.#path, cause, this.#fix);
    }
  }
}
