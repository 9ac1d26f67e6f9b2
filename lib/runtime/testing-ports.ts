/**
 * Below what kernels give to outgoing connections (32768 and up): a port from there can be somebody's between the moment it was
 * seen to be free and the moment somebody listens on it.
 */
const [FIRST_PORT, PORTS] = [20_000, 12_000]
/** What a process goes through before it meets the next one's. */
const PER_PROCESS = 64

let given = 0

/** The next port that this process may try to listen on; every process begins elsewhere. */
export function nextPort(): number {
  return FIRST_PORT + ((process.pid * PER_PROCESS + given++) % PORTS)
}
