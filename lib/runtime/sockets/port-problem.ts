/** Why a port can't be listened on, and what to do. @param code the system's error code */
export function portProblem(address: string, port: number, code: string): string {
  const where = `Port ${port} on ${address}`
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${where} can't be opened: the process may not bind ports under 1024. Give it the CAP_NET_BIND_SERVICE right, or choose another port.`
    case 'EADDRINUSE':
      return `${where} is already in use by another program. Stop that program, or choose another port.`
    case 'EADDRNOTAVAIL':
      return `${where} can't be opened: this machine doesn't have the address ${address}. Add it to a network interface, or choose another IP.`
    case 'EMFILE':
    case 'ENFILE':
      return `${where} can't be opened: too many files are open. Raise the limit of open files (ulimit -n).`
    default:
      return `${where} can't be opened (${code}).`
  }
}
