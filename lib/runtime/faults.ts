/** Tells of mistakes of our own that would otherwise end the process, and with it everybody's connections. */

type Reporter = (fault: unknown) => void

/** Where nobody wants to know, it does end the process. */
const fatal: Reporter = (fault) =>
  queueMicrotask(() => {
    throw fault
  })

let report = fatal

/** Where faults are told from now on; null for nowhere, which makes them fatal. */
export function onFault(reporter: Reporter | null): void {
  report = reporter ?? fatal
}

/** What could not happen did. Who calls this ends what it happened to, and the rest goes on. */
export function reportFault(fault: unknown): void {
  report(fault)
}
