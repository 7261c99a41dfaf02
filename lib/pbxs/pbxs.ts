import { createHmac } from "node:crypto";
import { defined } from "../defined.ts";
import type { Auth } from "../wms/auth-kinds.ts";
import { type ClientOptions, createClient, type WmsClient } from "../wms/client.ts";
import type { Clock, Random } from "../wms/clock.ts";
import type { WmsError } from "../wms/errors.ts";
import type { Credentials } from "../wms/sending/send.ts";
import type { Transport } from "../wms/sending/transport.ts";
import { type PbxRegistry, readPbx } from "./registry.ts";
import type { PbxSecret, PbxSettings } from "./secret.ts";

export interface PbxPorts {
  readonly registry: PbxRegistry;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** Requests per second to a PBX whose settings name none; default 10. */
  readonly requestsPerSecond?: (host: string) => number;
  /** Called after each failed attempt; for logs. */
  readonly onFailure?: (pbx: string, error: WmsError, attempt: number) => void;
}

/** A PBX ready to talk to. */
export interface Pbx {
  readonly id: string;
  readonly client: WmsClient;
  readonly settings: PbxSettings;
  /**
   * A name for a string by the credentials of this PBX, which changes with them. Only for records of earlier versions; new ones are
   * named by lib/pseudonyms.ts.
   */
  readonly pseudonym: (text: string) => string;
}

/** The PBXs of a warm function: each secret is read once in a while, each client kept. */
export interface Pbxs {
  /** Throws PBX_UNKNOWN, PBX_SECRET_INVALID, REGISTRY_UNAVAILABLE. */
  get(id: string): Promise<Pbx>;
}

const pbxDefaults = {
  /** How long a secret is believed, ms. */
  ttlMs: 5 * 60_000,
  /** A secret that was just read is not read again for a 401, ms: a wrong one would be read with every request. */
  quietMs: 30_000,
};

export const createPbxs = (ports: PbxPorts, settings = pbxDefaults): Pbxs => {
  const kept = new Map<string, Kept>();
  return {
    async get(id) {
      const known = kept.get(id) ?? new Kept(id, ports, settings);
      // kept before it is read, so that all who ask meanwhile share one reading, one client and its rate
      kept.set(id, known);
      try {
        const secret = await known.secret();
        return {
          id,
          client: known.client(secret),
          settings: secret.settings,
          pseudonym: pseudonyms(id, secret.connection.auth),
        };
      } catch (error) {
        // an unknown id must not fill the memory
        if (!known.wasRead && kept.get(id) === known) kept.delete(id);
        throw error;
      }
    },
  };
};

const pseudonyms =
  (pbx: string, auth: Auth) =>
  (text: string): string =>
    createHmac("sha256", JSON.stringify([pbx, auth]))
      .update(text)
      .digest("base64url");

class Kept implements Credentials {
  readonly #id: string;
  readonly #ports: PbxPorts;
  readonly #settings: typeof pbxDefaults;
  #read: { secret: PbxSecret; at: number } | undefined;
  #reading: Promise<PbxSecret> | undefined;
  #client: { rate: number | undefined; client: WmsClient } | undefined;

  constructor(id: string, ports: PbxPorts, settings: typeof pbxDefaults) {
    this.#id = id;
    this.#ports = ports;
    this.#settings = settings;
  }

  get wasRead(): boolean {
    return this.#read !== undefined;
  }

  async secret(): Promise<PbxSecret> {
    const { clock } = this.#ports;
    if (this.#read && clock.now() - this.#read.at < this.#settings.ttlMs) return this.#read.secret;
    return this.#fetch();
  }

  /** All who ask while a reading is under way get that one. */
  #fetch(): Promise<PbxSecret> {
    this.#reading ??= readPbx(this.#ports.registry, this.#id)
      .then((secret) => {
        this.#read = { secret, at: this.#ports.clock.now() };
        return secret;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async current() {
    return (await this.secret()).connection;
  }

  async refresh(used: PbxSecret["connection"]): Promise<boolean> {
    const { clock } = this.#ports;
    const changed = (): boolean => JSON.stringify(this.#read?.secret.connection) !== JSON.stringify(used);
    if (changed()) return true;
    if (this.#read && !this.#reading && clock.now() - this.#read.at < this.#settings.quietMs) return false;
    await this.#fetch();
    return changed();
  }

  client(secret: PbxSecret): WmsClient {
    const rate =
      secret.settings.requests_per_second ?? this.#ports.requestsPerSecond?.(secret.connection.host);
    if (this.#client && this.#client.rate === rate) return this.#client.client;
    const { transport, clock, random, onFailure } = this.#ports;
    const options: ClientOptions = {
      transport,
      clock,
      random,
      credentials: this,
      ...defined({ requestsPerSecond: rate }),
      ...(onFailure === undefined
        ? {}
        : { onFailure: (error, attempt) => onFailure(this.#id, error, attempt) }),
    };
    this.#client = { rate, client: createClient(options) };
    return this.#client.client;
  }
}
