import type { CheckPorts } from "../ports.ts";
import { nodeTransport } from "../wms/node-transport.ts";
import { awsPorts } from "./ports.ts";

/** The ports of the function that looks at the PBXs. Throws CONFIG_MISSING. */
export const awsCheckPorts = (): CheckPorts => ({ ...awsPorts(), transport: nodeTransport() });
