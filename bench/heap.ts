/** NODE_OPTIONS of export-history in serverless.yml: 512 MB less three semi-spaces, code and buffers. */
export const deployedHeap = ["--max-semi-space-size=16", "--max-old-space-size=400"];

/** What Lambda's Node runtime sets at 512 MB where nobody does, as for plan-exports: a tenth for new objects, half of that a semi-space; the rest is old. */
export const runtimeHeap = ["--max-semi-space-size=25", "--max-old-space-size=461"];
