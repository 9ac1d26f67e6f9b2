import { requireProgram } from '#lib/testing/programs/programs.ts'
import { MAX_PAIRS } from './contender.ts'

/** The first lines of every nginx configuration here: foreground, no logs. */
export function nginxBasics(directory: string, workers: number): string {
  const processes =
    workers === 1 ? 'master_process off;' : `worker_processes ${workers}; user root;`
  return `
daemon off; ${processes} pid ${directory}/pid; error_log ${directory}/error.log crit;
events { worker_connections ${2 * MAX_PAIRS + 200}; }`
}

/** Directories for temporary files: only root can write to Debian's defaults. */
export function nginxTemporary(directory: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(' ')
}

export function nginxCommand(directory: string, file: string): string[] {
  return [requireProgram('nginx'), '-p', directory, '-c', file]
}
