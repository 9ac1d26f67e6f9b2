export { readSetupState as GET, setUp as POST } from '#lib/bff/session-handlers.ts'
