#include "CProduct.h"

// `git archive` writes the commit here (.gitattributes).
#define ARCHIVED "$Format:%H$"

const char *product_commit(void) {
#ifdef MMAGENT_COMMIT
    return MMAGENT_COMMIT;
#else
    return ARCHIVED[0] == '$' ? "" : ARCHIVED;
#endif
}
