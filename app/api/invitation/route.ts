export { openInvitation as POST } from '#lib/bff/session-handlers.ts'
