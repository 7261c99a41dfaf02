import { emfMetrics, type Metrics } from "../metrics.ts";
import { systemClock } from "../wms/system-clock.ts";

/** Metrics as lines of the log, past the runtime's own format: CloudWatch reads metrics from lines that are theirs alone. */
export const lineMetrics = (): Metrics => emfMetrics((line) => process.stdout.write(line), systemClock.now);
