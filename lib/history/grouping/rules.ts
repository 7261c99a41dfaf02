import { channelRules } from "./channel-rules.ts";
import { numberRules } from "./number-rules.ts";
import type { Rule } from "./rule.ts";

/** The strongest first. */
export const rules: readonly Rule[] = [...channelRules, ...numberRules];
