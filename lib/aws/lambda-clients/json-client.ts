import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { defaultProvider } from "../lambda-credentials.ts";
import { endpointOf, type JsonService } from "./endpoint.ts";
import { pauseBefore } from "./retry.ts";
import { ServiceError, type ServiceErrors, serviceErrorOf } from "./service-error.ts";
import { type AwsCredentials, requestSigner } from "./signature.ts";

/** The options of an SDK client that the product sets. */
export interface JsonClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: AwsCredentials;
  /** @default 3 */
  readonly maxAttempts?: number;
  /** For one attempt, ms. @default no limit */
  readonly requestHandler?: { readonly connectionTimeout?: number; readonly requestTimeout?: number };
}

/** One operation with its input, like a command of the SDK. */
export interface JsonCommand<Output> {
  readonly operation: string;
  readonly input: object;
  /** Converts an answer to the form that the SDK returns. */
  read(answer: object): Output;
}

/** The class of an operation. `read` is necessary if the SDK changes values of the answer. */
export const commandClass = <Input extends object, Output>(
  operation: string,
  read = (answer: object) => answer as Output,
): (new (
  input: Input,
) => JsonCommand<Output>) =>
  class implements JsonCommand<Output> {
    readonly operation = operation;
    readonly input: Input;
    readonly read = read;

    constructor(input: Input) {
      this.input = input;
    }
  };

interface Answer {
  readonly status: number;
  readonly errorType: string | undefined;
  readonly text: string;
}

const agentOptions = { keepAlive: true, maxSockets: 50 };

/**
 * A client of one service: signs, limits the time of each attempt, and tries again as the SDK does. The bundles contain such clients in
 * place of the SDK's (esbuild.config.cjs): those are most of what a function loads before its first answer.
 */
export class JsonClient {
  readonly #service: JsonService;
  readonly #errors: ServiceErrors;
  readonly #options: JsonClientOptions;
  readonly #url: URL;
  readonly #request: RequestOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #sign: ReturnType<typeof requestSigner>;
  readonly #environment = defaultProvider();

  constructor(service: JsonService, errors: ServiceErrors, options: JsonClientOptions) {
    const region = options.region ?? process.env["AWS_REGION"] ?? "";
    this.#service = service;
    this.#errors = errors;
    this.#options = options;
    this.#url = new URL(options.endpoint ?? endpointOf(service, region, process.env));
    this.#agent = this.#url.protocol === "http:" ? new HttpAgent(agentOptions) : new HttpsAgent(agentOptions);
    this.#request = {
      protocol: this.#url.protocol,
      hostname: this.#url.hostname.replace(/^\[|\]$/g, ""),
      port: this.#url.port,
      path: this.#url.pathname,
      method: "POST",
      agent: this.#agent,
    };
    this.#sign = requestSigner(service.name, region);
  }

  async send<Output>(command: JsonCommand<Output>): Promise<Output> {
    const body = JSON.stringify(command.input);
    for (let attempt = 1; ; attempt++) {
      try {
        return command.read(await this.#attempt(command.operation, body));
      } catch (error) {
        if (error instanceof ServiceError) error.$metadata.attempts = attempt;
        const isLast = attempt >= (this.#options.maxAttempts ?? 3);
        const pause = isLast ? undefined : pauseBefore(error, attempt, Math.random());
        if (pause === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  destroy(): void {
    this.#agent.destroy();
  }

  async #attempt(operation: string, body: string): Promise<object> {
    const { target, version } = this.#service;
    const headers = {
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${target}.${operation}`,
    };
    const credentials = this.#options.credentials ?? (await this.#environment());
    const signed = this.#sign({ host: this.#url.host, headers, body }, credentials, Date.now());
    const { status, errorType, text } = await this.#post(signed, body);
    if (status !== 200) throw serviceErrorOf(status, errorType, text, this.#errors);
    return text === "" ? {} : JSON.parse(text);
  }

  #post(headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
    const { connectionTimeout, requestTimeout } = this.#options.requestHandler ?? {};
    const timers: NodeJS.Timeout[] = [];
    return new Promise<Answer>((resolve, reject) => {
      const send = this.#url.protocol === "http:" ? httpRequest : httpsRequest;
      // a list of names and values: Node checks and copies an object header by header
      const pairs = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)) }).flat();
      const options = { ...this.#request, headers: pairs };
      const request = send(options, (response) => readAnswer(response, resolve, reject));
      const limit = (ms: number | undefined, words: string): NodeJS.Timeout | undefined => {
        if (ms === undefined) return undefined;
        const timer = setTimeout(() => request.destroy(timedOut(`${words} within ${ms} ms`)), ms);
        timers.push(timer);
        return timer;
      };
      limit(requestTimeout, "no answer");
      request.once("socket", (socket) => {
        if (!socket.connecting) return;
        const timer = limit(connectionTimeout, "no connection");
        socket.once("connect", () => clearTimeout(timer));
      });
      request.on("error", reject);
      request.end(body);
    }).finally(() => {
      for (const timer of timers) clearTimeout(timer);
    });
  }
}

const readAnswer = (
  response: IncomingMessage,
  resolve: (answer: Answer) => void,
  reject: (cause: unknown) => void,
): void => {
  const chunks: Buffer[] = [];
  const errorType = response.headers["x-amzn-errortype"]?.toString();
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  response.on("error", reject);
  response.on("end", () => {
    resolve({ status: response.statusCode ?? 0, errorType, text: Buffer.concat(chunks).toString() });
  });
};

const timedOut = (message: string): Error =>
  Object.assign(new Error(message), { name: "TimeoutError", code: "ETIMEDOUT" });
