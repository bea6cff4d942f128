// Attributes are looked at where libxml2 keeps them: its own accessors copy every value.
#include <libxml/tree.h>
#include <string.h>

#include "digest.h"
#include "reader.h"

static const char *value_of(const xmlAttr *attribute) {
  const xmlNode *text = attribute->children;
  return text && text->content ? (const char *)text->content : "";
}

const char *cmzml_name(const cmzml_file *file) {
  if (file->is_replaying) return "spectrum";
  const xmlNode *node = file->node;
  return node ? (const char *)node->name : "";
}

const char *cmzml_attribute(const cmzml_file *file, const char *name) {
  if (file->is_replaying) {
    int number = cmzml_attribute_number(name, strlen(name));
    return number < 0 ? NULL : file->event.attributes[number];
  }
  const xmlNode *node = file->node;
  if (!node || node->type != XML_ELEMENT_NODE) return NULL;
  for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
    if (strcmp((const char *)attribute->name, name) == 0) return value_of(attribute);
  }
  return NULL;
}

/// The number of "MS:1000511"; 0 for what does not look like that.
static int32_t accession_of(const char *text) {
  if (text[0] != 'M' || text[1] != 'S' || text[2] != ':') return 0;
  int32_t number = 0;
  int digits = 0;
  for (const char *c = text + 3; *c; ++c) {
    if (*c < '0' || *c > '9' || ++digits > 8) return 0;
    number = number * 10 + (*c - '0');
  }
  return number;
}

static cmzml_param replayed_param(const cmzml_event *event) {
  const char *const *values = event->attributes;
  int32_t accession = values[CMZML_ACCESSION] ? accession_of(values[CMZML_ACCESSION]) : 0;
  return (cmzml_param){
      accession, values[CMZML_NAME], values[CMZML_VALUE], values[CMZML_UNIT_NAME],
      values[CMZML_UNIT_ACCESSION],
  };
}

cmzml_param cmzml_read_param(const cmzml_file *file) {
  if (file->is_replaying) return replayed_param(&file->event);
  cmzml_param param = {0, NULL, NULL, NULL, NULL};
  const xmlNode *node = file->node;
  if (!node || node->type != XML_ELEMENT_NODE) return param;
  for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
    const char *name = (const char *)attribute->name;
    if (strcmp(name, "accession") == 0) {
      param.accession = accession_of(value_of(attribute));
    } else if (strcmp(name, "name") == 0) {
      param.name = value_of(attribute);
    } else if (strcmp(name, "value") == 0) {
      param.value = value_of(attribute);
    } else if (strcmp(name, "unitName") == 0) {
      param.unit_name = value_of(attribute);
    } else if (strcmp(name, "unitAccession") == 0) {
      param.unit_accession = value_of(attribute);
    }
  }
  return param;
}
