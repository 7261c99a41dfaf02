import { recent } from "../cache.ts";
import { invalid } from "../input.ts";
import type { Pbx } from "../pbxs/pbxs.ts";
import type { Limits } from "../wms/client.ts";
import type { Clock } from "../wms/clock.ts";

/** How long the extension of an agent is cached, ms. */
const maxAge = 600_000;

/**
 * The extension of a colleague by e-mail, asked at their PBX and remembered for 10 minutes; that there is none is not
 * remembered. Throws INPUT_INVALID, and WmsError if the PBX cannot be asked.
 */
export const createAgents = (clock: Clock) => {
  const answers = recent<string>(clock, maxAge);
  return async (pbx: Pbx, email: string, limits: Limits): Promise<string> => {
    const { value } = await answers(JSON.stringify([pbx.id, email.toLowerCase()]), async () => {
      const colleague = await pbx.client.colleagues.byEmail(email, limits);
      if (colleague === undefined)
        throw invalid(
          "agent",
          `must be the e-mail address of a colleague of ${pbx.id}; got an address that the PBX does not know.`,
        );
      if (!/^[0-9]{1,10}$/.test(colleague.extension))
        throw invalid("agent", "must have an extension; got a colleague without one.");
      return colleague.extension;
    });
    return value;
  };
};
