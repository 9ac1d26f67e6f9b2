const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes in the unit that fits, by thousands: "1.2 MB". */
export function bytesInWords(bytes: number): string {
  let value = bytes
  let unit = 0
  // Half a unit early, so that 999.96 kB is not written as 1000.0 kB.
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
