'use client'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import type { DraftCheck } from '#lib/core/draft-check.ts'
import { type CheckResult, failedFirst, type TestedServer, testedServers } from './check-text.ts'

const SHOWN = 8

function ResultLine({ result: { tone, state, reason } }: { result: CheckResult }) {
  return (
    <>
      <StatusBadge tone={tone}>{reason ? `${state}:` : state}</StatusBadge>{' '}
      {reason && <span className="text-muted">{reason}</span>}
    </>
  )
}

function TestedLine({ address, results }: TestedServer) {
  return (
    <li className="grid gap-x-3 sm:grid-cols-[10rem_minmax(0,1fr)]">
      <Code className="leading-6">{address}</Code>
      <div>
        {results.map(({ cluster, result }) => (
          <p key={cluster} className="flex flex-wrap items-center gap-x-1.5 leading-6">
            {cluster && <span className="text-muted">From cluster {cluster}</span>}{' '}
            <ResultLine result={result} />
          </p>
        ))}
      </div>
    </li>
  )
}

/** The tested servers with their results. */
export function TestedList({ check }: { check: DraftCheck }) {
  const [all, setAll] = useState(false)
  const servers = failedFirst(testedServers(check), SHOWN)
  if (servers.length === 0) return null
  const shown = all ? servers : servers.slice(0, SHOWN)
  return (
    <div className="grid justify-items-start gap-1">
      <ul aria-label="Tested servers" className="grid gap-1 text-[0.8125rem]">
        {shown.map((server) => (
          <TestedLine key={server.address} {...server} />
        ))}
      </ul>
      {shown.length < servers.length && (
        <Button size="small" variant="ghost" onClick={() => setAll(true)}>
          Show all {servers.length}
        </Button>
      )}
    </div>
  )
}
