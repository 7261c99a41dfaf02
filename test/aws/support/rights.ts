import type { TestProject } from "vitest/node";
import { setUpStack } from "./stack.ts";

/** IAM decides on every request: what each function may do. */
export const setup = (project: TestProject): Promise<() => Promise<void>> => setUpStack(project, true);
