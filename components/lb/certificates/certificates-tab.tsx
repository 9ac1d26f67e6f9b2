'use client'
import { useQuery } from '@tanstack/react-query'
import { FileKey2, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { toast } from 'sonner'
import { ConfirmAction } from '#components/form/confirm-action.tsx'
import { Alert } from '#components/ui/alert.tsx'
import { Button } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { browserQuery } from '#lib/client/api-query.ts'
import { useDeleteCertificate } from '#lib/client/certificate-mutations.ts'
import { lbCertificates } from '#lib/client/certificate-queries.ts'
import { pollInterval } from '#lib/client/live-state.ts'
import type { Certificate } from '#lib/core/certificate.ts'
import type { Lb } from '#lib/core/lb.ts'
import { RefreshWarning } from '../refresh-state.tsx'
import { useOverview } from '../use-lb.ts'
import { CertificateCard } from './certificate-card.tsx'

/** Loaded on demand: forms are larger than the rest of the page. */
const CreateCertificateDialog = dynamic(() =>
  import('./create-certificate-dialog.tsx').then((module) => module.CreateCertificateDialog),
)
const QUICK_MS = 1000

/** A load balancer's certificates. */
export function CertificatesTab({ id }: { id: string }) {
  const overview = useOverview(id).data
  return overview ? <Certificates lb={overview.lb} /> : null
}

function Certificates({ lb }: { lb: Lb }) {
  const query = useQuery({
    ...browserQuery(lbCertificates(lb)),
    refetchInterval: ({ state }) =>
      state.data?.some(({ status }) => status === 'pending') ? QUICK_MS : pollInterval(5000),
  })
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<Certificate | null>(null)
  const { data } = query
  const add = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Plus aria-hidden className="size-4" />
      Add certificate
    </Button>
  )
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Alert title="TLS is not offloaded in this release.">
        Certificates are kept and checked, but no frontend uses them. Balance HTTPS with protocol
        TCP: the servers keep their certificates.
      </Alert>
      <RefreshWarning query={query} />
      {data?.length === 0 && (
        <EmptyState icon={<FileKey2 aria-hidden />} title="No certificates" action={add}>
          Import one that you have, or request one from Let's Encrypt.
        </EmptyState>
      )}
      {data && data.length > 0 && (
        <>
          <div className="flex justify-end">{add}</div>
          {data.map((certificate) => (
            <CertificateCard
              key={certificate.id}
              certificate={certificate}
              now={query.dataUpdatedAt}
              onDelete={() => setDeleting(certificate)}
            />
          ))}
        </>
      )}
      {creating && <CreateCertificateDialog lb={lb} onClose={() => setCreating(false)} />}
      {deleting && (
        <DeleteDialog lb={lb} certificate={deleting} onClose={() => setDeleting(null)} />
      )}
    </div>
  )
}

function DeleteDialog(props: { lb: Lb; certificate: Certificate; onClose: () => void }) {
  const { lb, certificate, onClose } = props
  const remove = useDeleteCertificate(lb, {
    onSuccess: () => {
      toast.success(`Certificate ${certificate.name} is deleted.`)
      onClose()
    },
  })
  return (
    <ConfirmAction
      title={`Delete certificate ${certificate.name}?`}
      description="The certificate and its private key are deleted here. They can't be had back from Fairlead."
      confirmLabel="Delete certificate"
      loading={remove.isPending}
      submitError={remove.error}
      onConfirm={() => remove.mutate(certificate)}
      onClose={onClose}
    />
  )
}
