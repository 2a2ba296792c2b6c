#pragma once
#include "pgprimer/migration/dialect.hpp"

namespace pgprimer::migration {

const Dialect& golang_migrate();
const Dialect& dbmate();
const Dialect& goose();
const Dialect& flyway();
const Dialect& plain();

}  // namespace pgprimer::migration
