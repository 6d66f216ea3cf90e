/* libxmlsec1 as the judge of signature value, references and manifest. It is given a document whose form is
 * right, the signer's key, the few algorithms we know, and no way to any file: every name is answered from
 * the package. */
#include <string.h>
#include <libxml/tree.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/errors.h>
#include <xmlsec/io.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include "life.h"
#include "seal_parts.h"
#include "verify_parts.h"

LIFE_ADOPT(context, xmlSecDSigCtx, xmlSecDSigCtxDestroy)

/* The package that libxmlsec1 may read from while one signature is judged; its callbacks know no other place.
 */
static const struct package *open_package;

struct reading {
    const struct package_entry *entry;
    size_t at;
};

static int match_any(const char *uri)
{
    (void)uri;
    return 1;
}

/* "content.xml", or "/word/document.xml?ContentType=…", as libxmlsec1 hands it over: decoded. */
static void *open_part(const char *uri)
{
    char name[256];
    if (*uri == '/')
        uri++;
    size_t n = strcspn(uri, "?");
    if (!open_package || n >= sizeof name)
        return NULL;
    memcpy(name, uri, n);
    name[n] = '\0';
    const struct package_entry *entry = package_find(open_package, name);
    struct reading *reading = entry ? talloc_zero(NULL, struct reading) : NULL;
    if (reading)
        reading->entry = entry;
    return reading;
}

static int read_part(void *context, char *buffer, int length)
{
    struct reading *reading = context;
    size_t left = reading->entry->size - reading->at, n = (size_t)length < left ? (size_t)length : left;
    memcpy(buffer, reading->entry->data + reading->at, n);
    reading->at += n;
    return (int)n;
}

static int close_part(void *context)
{
    talloc_free(context);
    return 0;
}

/* What is wrong goes into the report; a library is silent. */
static void no_words(const char *file, int line, const char *function, const char *object,
                     const char *subject, int reason, const char *message)
{
    (void)file, (void)line, (void)function, (void)object, (void)subject, (void)reason, (void)message;
}

static void no_noise(void *context, const char *message, ...)
{
    (void)context, (void)message;
}

static bool library_ready(void)
{
    static enum { NOT_YET, READY, FAILED } state;
    if (state != NOT_YET)
        return state == READY;
    state = FAILED;
    if (xmlSecInit() < 0 || xmlSecCheckVersion() != 1 || xmlSecOpenSSLAppInit(NULL) < 0 ||
        xmlSecOpenSSLInit() < 0)
        return false;
    xmlSecErrorsSetCallback(no_words);
    /* Its own callbacks would read files and ask the network for whatever a Reference names. */
    xmlSecIOCleanupCallbacks();
    if (xmlSecIORegisterCallbacks(match_any, open_part, read_part, close_part) < 0)
        return false;
    state = READY;
    return true;
}

static bool allow(xmlSecDSigCtx *context)
{
    const xmlSecTransformId for_signature[] = {xmlSecTransformInclC14NId, xmlSecTransformExclC14NId,
                                               xmlSecOpenSSLTransformRsaSha256GetKlass(),
                                               xmlSecOpenSSLTransformEcdsaSha256GetKlass()};
    const xmlSecTransformId for_references[] = {xmlSecTransformInclC14NId, xmlSecTransformExclC14NId,
                                                xmlSecTransformRelationshipId,
                                                xmlSecOpenSSLTransformSha256GetKlass()};
    for (size_t i = 0; i < sizeof for_signature / sizeof *for_signature; i++)
        if (xmlSecDSigCtxEnableSignatureTransform(context, for_signature[i]) < 0)
            return false;
    for (size_t i = 0; i < sizeof for_references / sizeof *for_references; i++)
        if (xmlSecDSigCtxEnableReferenceTransform(context, for_references[i]) < 0)
            return false;
    /* To the library every name that is not file:// is "remote"; ours is the only callback that answers. */
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument | xmlSecTransformUriTypeRemote;
    return true;
}

/* All of a list were judged, as many as we counted, and each was right. */
static bool all_succeeded(xmlSecPtrList *list, size_t expected)
{
    if (xmlSecPtrListGetSize(list) != expected)
        return false;
    for (size_t i = 0; i < expected; i++) {
        const xmlSecDSigReferenceCtx *one = xmlSecPtrListGetItem(list, (xmlSecSize)i);
        if (!one || one->status != xmlSecDSigStatusSucceeded)
            return false;
    }
    return true;
}

/* The key of the certificate whose digest is in the signed properties, whatever else KeyInfo says. */
static bool give_key(xmlSecDSigCtx *context, X509 *leaf)
{
    EVP_PKEY *public_key = X509_get_pubkey(leaf);
    xmlSecKeyData *data = public_key ? xmlSecOpenSSLEvpKeyAdopt(public_key) : NULL;
    if (!data) {
        EVP_PKEY_free(public_key);
        return false;
    }
    context->signKey = xmlSecKeyCreate();
    if (!context->signKey || xmlSecKeySetValue(context->signKey, data) < 0) {
        xmlSecKeyDataDestroy(data);
        return false;
    }
    return true;
}

static bool judge(struct check *c, const struct found *found, xmlSecDSigCtx *context)
{
    void *noise_context = xmlGenericErrorContext;
    const xmlGenericErrorFunc noise = xmlGenericError;
    xmlSetGenericErrorFunc(NULL, no_noise);
    open_package = c->package;
    int done = xmlSecDSigCtxVerify(context, found->signature);
    open_package = NULL;
    xmlSetGenericErrorFunc(noise_context, noise);
    /* The status says nothing of the manifest: its references are asked one by one. */
    return done == 0 && context->status == xmlSecDSigStatusSucceeded &&
           all_succeeded(&context->signedInfoReferences, found->reference_count) &&
           all_succeeded(&context->manifestReferences, found->manifest_count);
}

const struct fault *verify_value(struct check *c, const struct found *found)
{
    if (c->broken) /* it cannot become valid any more: spare the library what is malformed */
        return NULL;
    if (!library_ready())
        return fault_new(c->scratch, FAULT_BROKEN, "VERIFY_LIBRARY", "libxmlsec1 cannot be used");
    xmlSecDSigCtx *context = context_adopt(c->scratch, xmlSecDSigCtxCreate(NULL));
    TRY_MEMORY(context);
    if (!allow(context) || !give_key(context, found->leaf))
        return fault_new(c->scratch, FAULT_BROKEN, "VERIFY_LIBRARY",
                         "libxmlsec1 does not take our algorithms");
    if (!judge(c, found, context))
        check_problem(c, PROBLEM_VALUE, NULL);
    return NULL;
}
