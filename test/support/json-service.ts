import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Status and body of an answer; an object is sent as JSON. `hang`: no answer. `drop`: the connection ends. */
export type JsonAnswer =
  | readonly [status: number, body: object | string, errorType?: string]
  | "hang"
  | "drop";

export interface JsonRequest {
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A service that speaks AWS's JSON protocol, on loopback. `answer` gets the operation and how many requests came before. */
export const startJsonService = async (answer: (operation: string, before: number) => JsonAnswer) => {
  const requests: JsonRequest[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const target = String(request.headers["x-amz-target"]);
      const given = answer(target.split(".")[1] ?? "", requests.length);
      requests.push({ target, headers: request.headers, body });
      if (given === "hang") return;
      if (given === "drop") {
        request.socket.destroy();
        return;
      }
      const [status, content, errorType] = given;
      response.writeHead(status, errorType === undefined ? {} : { "X-Amzn-ErrorType": errorType });
      response.end(typeof content === "string" ? content : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): Promise<void> => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
};
