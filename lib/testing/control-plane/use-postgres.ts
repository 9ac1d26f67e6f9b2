import { inject } from 'vitest'
import './postgres-setup.ts'
import { testOnPostgres } from './test-store.ts'

testOnPostgres(inject('postgres'))
