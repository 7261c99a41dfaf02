// the implementation is in lib/wms, which imports nothing else of lib
export { defined } from "./wms/defined.ts";
