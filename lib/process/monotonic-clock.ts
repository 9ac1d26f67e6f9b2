/** The system's monotonic clock, which all processes of a machine share. Milliseconds, with fractions. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
