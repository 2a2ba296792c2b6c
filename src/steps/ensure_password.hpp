#pragma once
// PostgreSQL's password verifiers: made and checked here, so that no clear password is ever sent.
#include <string>
#include <string_view>

namespace pgprimer::steps {

// "SCRAM-SHA-256$4096:SALT$STORED:SERVER" with a new random salt; a verifier as it stands.
std::string scram_verifier(const std::string& password);

// A password that is such a verifier already: taken as it stands, as the server does.
bool is_verifier(std::string_view password);

// Was `verifier` (SCRAM or md5) made of this password? false for a verifier of neither form.
bool verifier_matches(std::string_view verifier, const std::string& role, const std::string& password);

}  // namespace pgprimer::steps
