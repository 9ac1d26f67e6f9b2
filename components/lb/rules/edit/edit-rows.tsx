'use client'
import dynamic from 'next/dynamic'

/*
 * The rows of inputs, loaded when somebody is about to edit: forms bring more than all else on these pages.
 */

const frontend = () => import('./frontend-edit-row.tsx').then((module) => module.FrontendEditRow)
const backend = () => import('./backend-edit-row.tsx').then((module) => module.BackendEditRow)

export const FrontendEditRow = dynamic(frontend)
export const BackendEditRow = dynamic(backend)

/** Fetches the rows of inputs ahead of the click that opens one. */
export const preloadFrontendEdit = () => void frontend()
export const preloadBackendEdit = () => void backend()
