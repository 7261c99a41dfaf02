import { defined } from "../../lib/defined.ts";
import { sign } from "../../lib/wms/signing/sign.ts";
import type { WireRequest } from "../../lib/wms/types.ts";
import { type Context, ownConnection } from "../context/context.ts";
import { toSpec, warnOfErrors } from "../context/spec.ts";
import { readJson } from "../context/typed-json.ts";
import { errorObject, printError } from "../terminal/output.ts";

/** Shows what would be sent; sends nothing. One request, or an array answered by an array. */
export const signCommand = async (context: Context, source: string, at: number): Promise<number> => {
  const { value: given } = await readJson(context, "json", source);
  if (Array.isArray(given)) {
    const answers = await Promise.all(
      given.map((item) =>
        signed(context, item, at).catch((error: unknown) => ({ error: errorObject(error) })),
      ),
    );
    context.output.out(JSON.stringify(answers, null, 2));
    warnOfErrors(context.output, answers);
    return 0;
  }
  try {
    context.output.out(JSON.stringify(await signed(context, given, at), null, 2));
    return 0;
  } catch (error) {
    printError(context.output, error, true);
    return 1;
  }
};

const signed = async (context: Context, item: unknown, at: number): Promise<Omit<WireRequest, "origin">> => {
  const { connection, request } = toSpec(item);
  const wire = await sign(connection ?? (await ownConnection(context)), request, at);
  const { method, url, target, headers, body, canonical, claims } = wire;
  return {
    method,
    url,
    target,
    headers,
    body,
    ...defined({ canonical, claims }),
  };
};
