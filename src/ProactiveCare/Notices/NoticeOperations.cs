using ProactiveCare.Access;
using ProactiveCare.Audit;
using ProactiveCare.Storage;

namespace ProactiveCare.Notices;

/// <summary>The result of resolving one uncertain notice.</summary>
/// <param name="Notice">The notice.</param>
/// <param name="Done">Whether it is resolved.</param>
/// <param name="State">Its state now; null where there is no such notice.</param>
public sealed record NoticeResolved(NoticeId Notice, bool Done, NoticeState? State);

/// <summary>Operators' actions on notices.</summary>
public sealed class NoticeOperations(Store store, TimeProvider time)
{
    /// <summary>Resolves uncertain notices: they arrived, or are sent again. Each on its own.</summary>
    /// <exception cref="RefusedException">Refused.</exception>
    public async Task<IReadOnlyList<NoticeResolved>> Resolve(
        Actor by, IReadOnlyList<NoticeId> notices, bool arrived, string reason)
    {
        by.Require(Role.Operator);
        var resolved = new List<NoticeResolved>();
        foreach (var id in notices.Distinct())
        {
            var done = await store.Write(db =>
                Resolution.Resolve(db, id, arrived, (by.Id, reason), time.Now()));
            resolved.Add(new NoticeResolved(id, done, store.Read(db => NoticeList.Find(db, id))?.State));
        }
        return resolved;
    }
}
