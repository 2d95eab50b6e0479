import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, type ContextManager, ROOT_CONTEXT } from "@opentelemetry/api";

/** Carries OpenTelemetry's context along with everything that a call awaits. */
export function asyncContext(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, work, self, ...args) => storage.run(context, () => work.call(self as ThisParameterType<typeof work>, ...args)),
    bind(context, target) {
      if (typeof target !== "function") return target;
      return function bound(this: unknown, ...args: unknown[]) {
        return storage.run(context, () => target.apply(this, args));
      } as typeof target;
    },
    enable: () => manager,
    disable() {
      storage.disable();
      return manager;
    },
  };
  return manager;
}
