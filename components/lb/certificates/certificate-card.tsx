import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Definition, DefinitionList } from '#components/ui/definition-list.tsx'
import { StatusBadge } from '#components/ui/status-badge.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { certificateDetails } from '#lib/client/certificate-queries.ts'
import type { Certificate } from '#lib/core/certificate.ts'
import { certificateState, colonPairs, isIssued } from './certificate-text.ts'

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const dateOf = (text: string) => DATE.format(Date.parse(text))

type Props = { certificate: Certificate; now: number; onDelete: () => void }

/** A certificate with its names, validity and fingerprint. */
export function CertificateCard({ certificate, now, onDelete }: Props) {
  const { id, name, type, common_name, subject_alternative_name, status_details } = certificate
  const { tone, label } = certificateState(certificate, now)
  const isImported = type === 'custom'
  const details = useQuery({ ...browserQuery(certificateDetails(id)), enabled: isImported })
  const fingerprint = details.data?.fingerprint_sha256 ?? certificate.fingerprint
  return (
    <Card
      id={`certificate-${id}`}
      title={name}
      actions={
        <>
          <StatusBadge tone={tone}>{label}</StatusBadge>
          <Button
            variant="ghost"
            size="icon"
            className="-my-1.5"
            aria-label={`Delete certificate ${name}`}
            onClick={onDelete}
          >
            <Trash2 aria-hidden className="size-4" />
          </Button>
        </>
      }
    >
      <DefinitionList>
        {status_details && <Definition term="Reason">{status_details}</Definition>}
        <Definition term="Names">
          <span className="wrap-anywhere">
            {[common_name, ...subject_alternative_name].filter(Boolean).join(', ') || 'None'}
          </span>
        </Definition>
        <Definition term="Type">{isImported ? 'Imported' : "Let's Encrypt"}</Definition>
        {isIssued(certificate) && (
          <Definition term="Valid">
            {dateOf(certificate.not_valid_before)} to {dateOf(certificate.not_valid_after)}
          </Definition>
        )}
        {details.data && (
          <>
            <Definition term="Issuer">
              <span className="wrap-anywhere">{details.data.issuer.split('\n').join(', ')}</span>
            </Definition>
            <Definition term="Key">{details.data.key}</Definition>
          </>
        )}
        {fingerprint && (
          <Definition term={details.data ? 'SHA-256 fingerprint' : 'SHA-1 fingerprint'}>
            <span className="inline-flex items-start gap-1">
              <Code className="wrap-anywhere">{colonPairs(fingerprint)}</Code>
              <CopyButton text={colonPairs(fingerprint)} label={`Copy fingerprint of ${name}`} />
            </span>
          </Definition>
        )}
      </DefinitionList>
    </Card>
  )
}
