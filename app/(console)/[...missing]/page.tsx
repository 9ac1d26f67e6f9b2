import { notFound } from 'next/navigation'

/** Any other path: "not found", inside the shell. */
export default function MissingPage() {
  notFound()
}
