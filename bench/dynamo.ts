/** A process that is DynamoDB, so that its work is not counted as ours. Tells its URL. */
import { startDynamo } from "../test/support/dynamo.ts";

const dynamo = await startDynamo();
process.send?.(dynamo.url);
// nobody is left to stop it
process.on("disconnect", () => process.exit());
