import type { TestProject } from "vitest/node";
import { setUpStack } from "./stack.ts";

/** IAM does not decide: what the product does. */
export const setup = (project: TestProject): Promise<() => Promise<void>> => setUpStack(project, false);
