import { beforeEach, inject } from 'vitest'
import { missingPrograms } from '../programs/programs.ts'
import './postgres-setup.ts'
import { testOnPostgres } from './test-store.ts'

const missing = missingPrograms('postgres')
if (missing) beforeEach(({ skip }) => skip(missing))
else testOnPostgres(inject('postgres'))
