package dev.aegis.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A page of rows that have a UUID and belong to an organization, by id.
///
/// @param organization null for all
/// @param after the last id of the page in front, null for the first page
record OrganizationPage(@Nullable String organization, @Nullable UUID after, int limit) {
  /// The end of a query behind its other conditions, with five parameters.
  static String sql(String organizationColumn, String idColumn) {
    return " (?::varchar IS NULL OR %s = ?) AND (?::uuid IS NULL OR %s > ?) ORDER BY %s LIMIT ?"
        .formatted(organizationColumn, idColumn, idColumn);
  }

  /// Sets the parameters, which are the first ones of the query.
  void set(PreparedStatement query) throws SQLException {
    query.setString(1, organization);
    query.setString(2, organization);
    query.setObject(3, after, Types.OTHER);
    query.setObject(4, after, Types.OTHER);
    query.setInt(5, limit);
  }
}
