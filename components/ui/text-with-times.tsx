import { ClockTime } from './clock-time.tsx'

/** Times as the API writes them, RFC 3339 in UTC. The group makes `split` keep them. */
const TIME = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/

/** A text of the API, with its times in the browser's time zone. */
export function TextWithTimes({ text }: { text: string }) {
  return text.split(TIME).map((part, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity.
    at % 2 === 1 ? <ClockTime key={at} at={part} seconds /> : part,
  )
}
